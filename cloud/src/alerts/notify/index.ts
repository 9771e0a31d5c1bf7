// Notifications: from the transactional outbox to the people who must know.
export { WebhookChannel } from './channel.ts'
export { type Dispatcher, startDispatcher } from './dispatcher.ts'
