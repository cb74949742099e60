import { redisFaults } from './scenarios/redis-faults.ts';
import { clusterOf, survives } from './suite.ts';

survives(clusterOf(), redisFaults);
