/** The one module of undici that is in use: the package's index would also bring its fetch, WebSocket and cache, and replace Node's own dispatcher. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}
