import { IsIn } from 'class-validator';
import { FeedMode } from '../feed-mode.js';

export class AdminFeedSetDto {
  @IsIn(Object.values(FeedMode))
  mode: FeedMode;
}
