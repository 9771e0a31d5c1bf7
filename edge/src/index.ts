export { GatewayConfig } from './config.ts'
export { type Gateway, type GatewayOptions, startGateway } from './gateway.ts'
