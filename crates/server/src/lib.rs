//! The server: one program that serves rooms to large audiences.

pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod registry;
pub mod services;
pub mod tls;

#[path = "stream/negotiate/mod.rs"]
pub mod negotiate;
