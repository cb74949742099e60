/** Runs pending app updates, and sends a message to the parent after each batch: `node update-apps.ts <database URL>`. */
import { AppUpdates } from '../../services/auth-server/domain/app/app-updates.ts';
import { PgDatabase } from '../../services/auth-server/store/pg-database.ts';
import { openDatabase } from '../../services/auth-server/store/postgres/database.ts';
import { systemClock } from '../../services/common/process/clock.ts';

const url = process.argv[2] as string;
const db = openDatabase({ url, poolSize: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 });
const updates = new AppUpdates(new PgDatabase(db), systemClock);
while (await updates.runBatch()) process.send?.('batch');
await db.destroy();
process.disconnect?.();
