// Gives the chat of a page of its own the pictures of its channel, which stand in the page. Runs before the chat is defined.

const chat = document.querySelector<HTMLElement & { emoji?: unknown }>('parterre-chat')
if (chat?.dataset['emoji']) chat.emoji = JSON.parse(chat.dataset['emoji'])

export {}
