//! `karpenterVersion`: the releases of Karpenter that may run. They have not all given types the same labels.

use crate::{
    form::{Faults, Field, Form},
    instances::Releases,
    json::{self, Reader},
};

impl<'a> Field<'a> for Releases {
    const FORM: Form = Form::String;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        // As a number, 1.10 would be 1.1.
        let wanted = "`auto`, or a release since 1.0 as a string, such as \"1.14\"";
        let mut ahead = *reader;
        let named = match ahead.peek() {
            Some(b'"') => ahead.string()?,
            _ => return faults.unexpected(reader, wanted),
        };
        *self = match (&*named, Self::named(&named)) {
            ("auto", _) => Self::ALL,
            (_, Some(release)) => release,
            _ => return faults.unexpected(reader, wanted),
        };
        *reader = ahead;
        Ok(())
    }
}
