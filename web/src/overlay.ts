// The script of the overlay's page: it defines <parterre-overlay>.

import { ParterreOverlay } from './overlay/element'

if (!customElements.get('parterre-overlay')) customElements.define('parterre-overlay', ParterreOverlay)

export { ParterreOverlay }
