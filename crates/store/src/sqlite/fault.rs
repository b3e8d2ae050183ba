//! From SQLite's errors to the store's.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::StoreError;

/// What went wrong while the database was at work.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The store itself refuses.
    Refused(StoreError),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Refused(error)
    }
}

impl Fault {
    /// The error for the caller: what was being done to which file.
    pub(crate) fn explain(self, file: &Path, doing: &'static str) -> StoreError {
        let error = match self {
            Fault::Refused(error) => return error,
            Fault::Sqlite(error) => error,
        };
        let path = file.to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            Some(ErrorCode::NotADatabase) => StoreError::NotOurs(path),
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(path),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::NotWritable { path, reason }
            }
            _ => StoreError::Failed { doing, reason },
        }
    }
}
