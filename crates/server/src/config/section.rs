//! One declaration per key. From it come the field and its documentation, its default, how a value is read and
//! refused, which keys exist (for "nearest key"), and the page `docs/configuration.md`.

use super::value::Given;

/// A key as the reference describes it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name within the section.
    pub name: &'static str,
    /// What it is for: the documentation of the field, in Markdown.
    pub about: &'static str,
    /// What it takes, as a noun phrase.
    pub takes: String,
    /// Its default as TOML.
    pub default: String,
}

/// A table of the configuration file.
pub(super) trait Section: Default {
    /// Its name in the file; empty for the keys that stand before the first table.
    const NAME: &'static str;
    /// What it is for, in Markdown.
    const ABOUT: &'static str;

    /// Its keys, in the order of the reference.
    fn keys() -> Vec<Key>;

    /// Sets a key to what was given. `None`: no such key. An error is the whole sentence, without the place.
    fn set(&mut self, key: &str, given: &Given<'_>) -> Option<Result<(), String>>;

    /// The path of a key: `section.key`.
    fn path(key: &str) -> String {
        if Self::NAME.is_empty() { key.to_owned() } else { format!("{}.{key}", Self::NAME) }
    }
}

/// Declares a section: `key: Type [range] = default;`, where the range is for whole numbers and may be left out.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $Name:ident = $path:literal {
            $( $(#[doc = $doc:literal])* $key:ident : $Type:ty $([$range:expr])? = $default:expr; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Name { $( $(#[doc = $doc])* pub $key: $Type, )* }

        impl Default for $Name {
            fn default() -> Self { Self { $( $key: $default, )* } }
        }

        impl $crate::config::section::Section for $Name {
            const NAME: &'static str = $path;
            const ABOUT: &'static str = concat!($( $about, "\n", )*);

            fn keys() -> Vec<$crate::config::section::Key> {
                let default = Self::default();
                vec![$( $crate::config::section::Key {
                    name: stringify!($key),
                    about: concat!($( $doc, "\n", )*),
                    takes: $crate::config::value::takes::<$Type>(section!(@range $($range)?)),
                    default: $crate::config::value::Value::show(&default.$key),
                }, )*]
            }

            fn set(&mut self, key: &str, given: &$crate::config::value::Given<'_>) -> Option<Result<(), String>> {
                match key {
                    $( stringify!($key) => Some(
                        $crate::config::value::read(&Self::path(key), given, section!(@range $($range)?))
                            .map(|value| self.$key = value)
                    ), )*
                    _ => None,
                }
            }
        }
    };
    (@range) => { None };
    (@range $range:expr) => { Some($range) };
}
pub(super) use section;
