import { outages } from './scenarios/outages.ts';
import { stoppedReplica } from './scenarios/stopped-processes.ts';
import { clusterOf, survives } from './suite.ts';

survives(clusterOf(), [...outages, stoppedReplica]);
