import { FeedMode } from '../feed-mode.js';
import { OneOf } from './field-decorators.js';

export class AdminFeedSetDto {
  @OneOf(Object.values(FeedMode))
  mode: FeedMode;
}
