import { AUTH_SERVERS_TO_STOP, stoppedAuthServers } from './scenarios/stopped-processes.ts';
import { clusterOf, survives } from './suite.ts';

survives(clusterOf({ authServers: AUTH_SERVERS_TO_STOP }), stoppedAuthServers);
