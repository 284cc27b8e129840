import { Module } from '@nestjs/common';
import { BudgetsStore } from './budgets.store.js';

@Module({ providers: [BudgetsStore], exports: [BudgetsStore] })
export class LimitsModule {}
