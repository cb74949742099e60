import { SUITES } from './scenarios/suites.ts';
import { survives } from './suite.ts';

survives(SUITES.operations);
