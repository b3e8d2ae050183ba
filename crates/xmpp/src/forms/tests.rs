use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn form(xml: &str) -> Result<Form, StanzaError> {
    Form::parse(&xml.parse::<Element>().unwrap())
}

/// XEP-0004 example 2, shortened: what a service offers.
#[test]
fn reads_a_form_to_be_filled_in() {
    let form = form(
        "<x xmlns='jabber:x:data' type='form'>
           <title>Bot Configuration</title>
           <instructions>Fill out this form</instructions>
           <instructions>to configure your new bot!</instructions>
           <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
           <field type='fixed'><value>Section 1: Bot Info</value></field>
           <field type='text-single' label='The name of your bot' var='botname'/>
           <field type='boolean' label='Public bot?' var='public'><required/></field>
           <field type='list-multi' label='What features will the bot support?' var='features'>
             <option label='Contests'><value>contests</value></option>
             <option label='News'><value>news</value></option>
             <value>news</value>
           </field>
         </x>",
    )
    .unwrap();
    assert_eq!(form.kind, FormType::Form);
    assert_eq!(form.title.as_deref(), Some("Bot Configuration"));
    assert_eq!(form.instructions.as_deref(), Some("Fill out this form\nto configure your new bot!"));
    assert_eq!(form.form_type(), Some("jabber:bot"));
    assert!(form.get("public").unwrap().required);
    let features = form.get("features").unwrap();
    assert_eq!(features.kind, Some(FieldType::ListMulti));
    assert_eq!(features.values, ["news"]);
    assert_eq!(features.options[0], FieldOption { label: Some("Contests".into()), value: "contests".into() });
}

/// XEP-0004 example 3: what a person sends back, without types.
#[test]
fn reads_a_submitted_form() {
    let form = form(
        "<x xmlns='jabber:x:data' type='submit'>
           <field var='botname'><value>The Jabber Google Bot</value></field>
           <field var='description'><value>This bot enables you to</value><value>send requests</value></field>
           <field var='public'><value>0</value></field>
           <field var='invitelist'><value>juliet@capulet.com</value><value>benvolio@montague.net/orchard</value></field>
           <field var='nothing'/>
         </x>",
    )
    .unwrap();
    assert_eq!(form.form_type(), None);
    assert_eq!(form.get("description").unwrap().as_text().unwrap(), "This bot enables you to\nsend requests");
    assert_eq!(form.get("public").unwrap().as_bool(), Ok(false));
    let invited = form.get("invitelist").unwrap().as_jids().unwrap();
    assert_eq!(
        invited.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["juliet@capulet.com", "benvolio@montague.net"]
    );
    assert_eq!(form.get("nothing").unwrap().as_text(), None);
    assert_eq!(form.get("missing"), None);
}

#[test]
fn reads_booleans_as_clients_write_them() {
    for (text, value) in
        [("1", true), ("true", true), ("True", true), (" 1 ", true), ("0", false), ("false", false), ("", false)]
    {
        assert_eq!(Field::text("f", text).as_bool(), Ok(value), "{text:?}");
    }
    assert_eq!(Field::new("f", FieldType::Boolean).as_bool(), Ok(false));
    let error = Field::text("muc#roomconfig_publicroom", "yes").as_bool().unwrap_err();
    assert_eq!(error.condition, Condition::NotAcceptable);
    assert!(error.text.unwrap().contains("muc#roomconfig_publicroom"));
}

#[test]
fn refuses_what_is_not_a_form() {
    for xml in [
        "<y xmlns='jabber:x:data' type='submit'/>",
        "<x xmlns='jabber:x:other' type='submit'/>",
        "<x xmlns='jabber:x:data'/>",
        "<x xmlns='jabber:x:data' type='perhaps'/>",
        "<x xmlns='jabber:x:data' type='submit'><field><value>1</value></field></x>",
        "<x xmlns='jabber:x:data' type='submit'><field var='a'/><field var='a'/></x>",
    ] {
        assert_eq!(form(xml).unwrap_err().condition, Condition::BadRequest, "{xml}");
    }
    let error = Field::text("who", "@@").as_jids().unwrap_err();
    assert_eq!(error.condition, Condition::JidMalformed);
    assert!(error.text.unwrap().contains("who"));
}

#[test]
fn bounds_fields_and_values() {
    let mut many = Form::new(FormType::Submit, "t");
    many.fields.extend((1..MAX_FIELDS).map(|n| Field::text(n.to_string(), "")));
    assert!(Form::parse(&many.to_element()).is_ok());
    many.fields.push(Field::text("one more", ""));
    assert_eq!(Form::parse(&many.to_element()).unwrap_err().condition, Condition::BadRequest);

    let mut long = Form::new(FormType::Submit, "t");
    long.fields.push(Field { var: "l".into(), values: vec![String::new(); MAX_VALUES - 1], ..Field::default() });
    assert!(Form::parse(&long.to_element()).is_ok());
    long.fields.push(Field::text("m", ""));
    assert_eq!(Form::parse(&long.to_element()).unwrap_err().condition, Condition::BadRequest);
}

/// XEP-0313 §4.1.5: a list that takes any value.
#[test]
fn writes_an_open_list() {
    let field = Field { open: true, ..Field::new("ids", FieldType::ListMulti) };
    let expected = "<field xmlns='jabber:x:data' type='list-multi' var='ids'>\
        <validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'><open/></validate></field>";
    assert_eq!(Field::parse(&expected.parse().unwrap()), field);
    assert!(field.to_element().has("validate", ns::DATA_VALIDATE));
}

fn any_field() -> impl Strategy<Value = Field> {
    let option = (proptest::option::of("[a-z <&'\"]{0,8}"), "[a-z é]{0,8}")
        .prop_map(|(label, value)| FieldOption { label, value });
    (
        proptest::option::of(proptest::sample::select(FieldType::ALL.to_vec())),
        proptest::option::of("[a-zA-Z '\"<&]{0,12}"),
        proptest::collection::vec("[ -~é\n]{0,12}", 0..4),
        proptest::collection::vec(option, 0..3),
        any::<(bool, bool)>(),
    )
        .prop_map(|(kind, label, values, options, (open, required))| Field {
            var: Cow::Borrowed(""),
            kind,
            label,
            values,
            options,
            open,
            required,
        })
}

proptest! {
    /// What is written reads back as what it was.
    #[test]
    fn forms_survive_the_wire(fields in proptest::collection::vec(any_field(), 0..6)) {
        let mut form = Form::new(FormType::Form, "urn:test");
        for (n, field) in fields.into_iter().enumerate() {
            form.fields.push(Field { var: format!("v{n}").into(), ..field });
        }
        let read = form.to_element().to_xml().parse::<Element>().unwrap();
        prop_assert_eq!(Form::parse(&read).unwrap(), form);
    }
}
