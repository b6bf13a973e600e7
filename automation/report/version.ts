/** Version of the event format, in every `run-started` and `error`. Raised when a field changes its meaning or goes away. */
export const eventsVersion = 1;
