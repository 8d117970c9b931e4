// The version of quic-top, which the bundler puts in; tests run without it.
declare const QUIC_TOP_VERSION: string | undefined;

export const VERSION = typeof QUIC_TOP_VERSION === 'string' ? QUIC_TOP_VERSION : '0.0.0-development';
