//! The server: one program that serves rooms to large audiences.

pub mod config;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod registry;
pub mod services;
