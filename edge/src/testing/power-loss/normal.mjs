// Loaded before the gateway: its databases then sync as `synchronous=NORMAL` does, which a power cut shows to be too seldom.
import Database from 'better-sqlite3'

const { pragma } = Database.prototype
Database.prototype.pragma = function (text, options) {
  return pragma.call(this, text.replace(/^synchronous = FULL$/, 'synchronous = NORMAL'), options)
}
