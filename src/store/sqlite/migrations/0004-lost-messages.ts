// Messages whose answer was lost: what still comes for them is looked for among these, which are few.

export const lostMessages = `
CREATE INDEX message_lost ON message (account) WHERE status = 'unknown' AND transport_id IS NULL;
`
