import { Module } from '@nestjs/common';
import { ChannelFeed } from './channel-feed.js';
import { ChannelKeys } from './channel-keys.js';
import { ChannelsStore } from './channels.store.js';

/** Ordered, resumable streams of events, each of which belongs to something. */
@Module({
  providers: [ChannelKeys, ChannelsStore, ChannelFeed],
  exports: [ChannelKeys, ChannelsStore, ChannelFeed],
})
export class ChannelsModule {}
