// Notifications: from the transactional outbox to the people who must know.
export { channelFaults, WebhookChannel } from './channel.ts'
export { type Dispatcher, type DispatcherOptions, startDispatcher } from './dispatcher.ts'
