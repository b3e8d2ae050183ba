// What one may do with a message.

import type { Room } from '../../room/room'
import type { Message } from '../../room/types'

type Self = Pick<Room, 'canWrite'>

const stands = (message: Message): boolean => message.stanzaId !== undefined && !message.removed

export const mayReply = (room: Self, message: Message): boolean => room.canWrite && stands(message)
export const mayReact = (room: Self, message: Message): boolean => room.canWrite && stands(message)
export const mayEdit = (room: Self, message: Message): boolean => room.canWrite && message.own && stands(message)
export const mayRemove = (room: Self, message: Message): boolean => room.canWrite && message.own && stands(message)
