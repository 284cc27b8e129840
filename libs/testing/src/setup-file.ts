import 'reflect-metadata';
import { refuseTwoSlots } from './slot-guard.js';

refuseTwoSlots();
