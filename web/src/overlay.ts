// The streamer's overlay: the newest messages over a video. Read-only; it drops rather than lags.

export {}
