//! The server: one program that serves rooms to large audiences.
//!
//! The way of a stanza, in order: [`listen`], [`transport`], [`stream`], [`router`], [`rooms`], [`shard`].

mod allocator;
pub mod app;
pub mod auth;
pub mod bosh;
pub mod cli;
pub mod config;
pub mod control;
pub mod fetch;
pub mod http;
pub mod listen;
pub mod logging;
pub mod metrics;
pub mod registry;
pub mod rooms;
pub mod router;
pub mod server;
pub mod services;
pub mod shard;
pub mod stream;
pub mod tls;
pub mod transport;
mod upkeep;
