//! Rooms over the API.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use parterre_room::{Action, Affiliation, RoomConfig};
use parterre_xmpp::{BareJid, StanzaError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{Done, Fields, Site, Summary};
use super::{Body, Problem};

/// How many rooms a page of the list has, unless asked otherwise, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1_000;

/// The room that the path names, in its prepared form.
pub(super) struct Room(String);

impl FromRequestParts<Arc<Site>> for Room {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        let path: Result<Path<Vec<(String, String)>>, PathRejection> = Path::from_request_parts(parts, site).await;
        let Path(names) = path.map_err(|error| Problem::new(error.status(), error.body_text()))?;
        let name = names.into_iter().find(|(name, _)| name == "room").map(|(_, value)| value).unwrap_or_default();
        let plain = !name.contains(['@', '/']);
        let address = BareJid::new(&format!("{name}@{}", site.rooms_domain)).ok().filter(|_| plain);
        match address.as_ref().and_then(|address| address.node()) {
            Some(node) => Ok(Room(node.to_string())),
            None => Err(Problem::new(StatusCode::BAD_REQUEST, format!("{name:?} cannot be the name of a room"))),
        }
    }
}

fn no_room() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no room of that name.")
}

async fn describe(site: &Site, room: &Summary) -> Value {
    let last_activity = site.rooms.last_activity(&room.name).await.map(|at| at.to_string());
    json!({
        "name": room.name,
        "jid": format!("{}@{}", room.name, site.rooms_domain),
        "title": room.title,
        "public": room.public,
        "occupants": room.occupants,
        "last_activity": last_activity,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(site): State<Arc<Site>>,
    query: Result<Query<Listing>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(listing) = query.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let limit = listing.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let mut rooms = site.rooms.list();
    rooms.sort_by(|one, other| one.name.cmp(&other.name));
    let total = rooms.len();
    let mut rest = rooms.iter().filter(|room| listing.after.as_ref().is_none_or(|after| room.name > *after));
    let chosen: Vec<&Summary> = rest.by_ref().take(limit).collect();
    let next = chosen.last().filter(|_| rest.next().is_some()).map(|room| room.name.clone());
    let mut page = Vec::with_capacity(chosen.len());
    for room in chosen {
        page.push(describe(&site, room).await);
    }
    Ok(Json(json!({ "rooms": page, "total": total, "next": next })))
}

pub(super) async fn find(State(site): State<Arc<Site>>, Room(name): Room) -> Result<Json<Value>, Problem> {
    let room = site.rooms.find(&name).ok_or_else(no_room)?;
    Ok(Json(describe(&site, &room).await))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Configuration {
    #[serde(default)]
    configuration: Map<String, Value>,
}

impl Configuration {
    /// The configuration as fields of the owner's form: true and false as 1 and 0, numbers as text.
    /// `base_password`: what stands for the password that the room may have already.
    fn fields(self, base_password: Option<String>) -> Result<Fields, Problem> {
        let text = |field: &str, value: Value| match value {
            Value::String(text) => Ok(text),
            Value::Bool(truth) => Ok(u8::from(truth).to_string()),
            Value::Number(number) => Ok(number.to_string()),
            _ => {
                let detail = format!("{field} takes a text, a number, true or false, or a list of texts");
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
            }
        };
        let field = |(field, value): (String, Value)| {
            let values = match value {
                Value::Array(values) => {
                    values.into_iter().map(|value| text(&field, value)).collect::<Result<_, _>>()?
                }
                value => vec![text(&field, value)?],
            };
            Ok((field, values))
        };
        let fields: Fields = self.configuration.into_iter().map(field).collect::<Result<_, _>>()?;
        // A room that has a password need not be told it again; every other rule holds for any room.
        let any = RoomConfig { password: base_password, ..RoomConfig::default() };
        let judged = any.submit_fields(&fields);
        let refused = |error: StanzaError| {
            let detail = error.text.unwrap_or_else(|| error.condition.as_str().to_owned());
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        };
        judged.map(|_| fields).map_err(refused)
    }
}

pub(super) async fn create(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Body(body): Body<Configuration>,
) -> Result<(StatusCode, [(HeaderName, String); 1]), Problem> {
    match site.rooms.create(&name, body.fields(None)?).await {
        Done::Yes => Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/rooms/{name}"))])),
        Done::No => {
            Err(Problem::new(StatusCode::CONFLICT, "A room of that name exists. PATCH changes its configuration."))
        }
        Done::NotKept => Err(not_kept()),
    }
}

pub(super) async fn configure(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Body(body): Body<Configuration>,
) -> Result<StatusCode, Problem> {
    operate(&site, &name, Action::Configure(body.fields(Some(String::from("set")))?)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    subject: String,
}

pub(super) async fn set_subject(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Body(Subject { subject }): Body<Subject>,
) -> Result<StatusCode, Problem> {
    operate(&site, &name, Action::SetSubject(subject)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Destruction {
    alternate: Option<String>,
    reason: Option<String>,
}

pub(super) async fn destroy(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Body(Destruction { alternate, reason }): Body<Destruction>,
) -> Result<StatusCode, Problem> {
    let alternate = alternate.as_deref().map(account).transpose()?;
    operate(&site, &name, Action::Destroy { alternate, reason }).await
}

pub(super) async fn affiliations(State(site): State<Arc<Site>>, Room(name): Room) -> Result<Json<Value>, Problem> {
    let list = site.rooms.affiliations(&name).await.ok_or_else(no_room)?;
    let list: Vec<Value> = list
        .into_iter()
        .map(|entry| {
            json!({
                "jid": entry.jid.to_string(),
                "affiliation": affiliation_name(entry.affiliation),
                "nick": entry.nick,
                "reason": entry.reason,
            })
        })
        .collect();
    Ok(Json(json!({ "affiliations": list })))
}

const AFFILIATIONS: [(Affiliation, &str); 5] = [
    (Affiliation::Outcast, "outcast"),
    (Affiliation::None, "none"),
    (Affiliation::Member, "member"),
    (Affiliation::Admin, "admin"),
    (Affiliation::Owner, "owner"),
];

fn affiliation_name(affiliation: Affiliation) -> &'static str {
    AFFILIATIONS.iter().find(|(known, _)| *known == affiliation).map_or("none", |(_, name)| name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Affiliating {
    affiliation: String,
    reason: Option<String>,
}

/// An address with a local part.
fn account(jid: &str) -> Result<BareJid, Problem> {
    let refused = || Problem::new(StatusCode::BAD_REQUEST, format!("{jid:?} is not an address such as name@domain"));
    BareJid::new(jid).ok().filter(|jid| jid.node().is_some()).ok_or_else(refused)
}

pub(super) async fn affiliate(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Path((_, jid)): Path<(String, String)>,
    Body(body): Body<Affiliating>,
) -> Result<StatusCode, Problem> {
    let known = AFFILIATIONS.iter().find(|(_, name)| *name == body.affiliation);
    let Some((affiliation, _)) = known else {
        let detail = format!("{:?} is none of owner, admin, member, none, outcast", body.affiliation);
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    operate(&site, &name, Action::SetAffiliation(account(&jid)?, *affiliation, body.reason)).await
}

pub(super) async fn unaffiliate(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Path((_, jid)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    operate(&site, &name, Action::SetAffiliation(account(&jid)?, Affiliation::None, None)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expulsion {
    jid: String,
    reason: Option<String>,
}

pub(super) async fn expel(
    State(site): State<Arc<Site>>,
    Room(name): Room,
    Body(body): Body<Expulsion>,
) -> Result<StatusCode, Problem> {
    operate(&site, &name, Action::Expel(account(&body.jid)?, body.reason)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disconnection {
    reason: Option<String>,
}

pub(super) async fn disconnect(
    State(site): State<Arc<Site>>,
    Path(jid): Path<String>,
    Body(body): Body<Disconnection>,
) -> Result<Json<Value>, Problem> {
    let ended = site.rooms.disconnect(&account(&jid)?, body.reason.as_deref());
    Ok(Json(json!({ "ended": ended })))
}

async fn operate(site: &Site, name: &str, action: Action) -> Result<StatusCode, Problem> {
    match site.rooms.operate(name, action).await {
        Done::Yes => Ok(StatusCode::NO_CONTENT),
        Done::No => Err(no_room()),
        Done::NotKept => Err(not_kept()),
    }
}

fn not_kept() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The room's store does not work just now, so nothing was done.")
}
