// node server.mjs DIRECTORY PORT [ADDRESS]: serves the bucket "headroom" on 127.0.0.1, or on an address of a namespace, until its standard input ends. Port 0 takes a free one.
// Prints the port when it is ready. Objects are files under DIRECTORY/headroom. The access key and its secret are S3RVER.
import { createRequire } from 'node:module';
import process from 'node:process';
import S3rver from 's3rver';

// It removes a folder whose last object is deleted while another is just put there, and ends. Folders stay, then.
createRequire(import.meta.url)('fs-extra').rmdir = async () => {};

const [directory, port, listen = '127.0.0.1'] = process.argv.slice(2);
const server = new S3rver({ address: listen, port: Number(port), silent: true, directory, configureBuckets: [{ name: 'headroom' }] });
const address = await server.run();
process.stdout.write(`${address.port}\n`);
process.stdin.resume().on('end', () => process.exit(0));
