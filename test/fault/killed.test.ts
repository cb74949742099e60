import { killedAuthServers } from './scenarios/killed-auth-servers.ts';
import { clusterOf, survives } from './suite.ts';

survives(clusterOf(), killedAuthServers);
