import { buildHost } from './base'

export default buildHost
