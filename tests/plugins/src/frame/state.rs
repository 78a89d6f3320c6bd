//! The form of the state: a mark, the parameters, a blob, a checksum.

use std::io::{Read as _, Write as _};

use clack_plugin::plugin::PluginError;
use clack_plugin::stream::{InputStream, OutputStream};

use super::shared::Shared;

const MARK: &[u8; 4] = b"LTP1";

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

pub(super) fn save(shared: &Shared<'_>, output: &mut OutputStream) -> Result<(), PluginError> {
    let mut bytes = MARK.to_vec();
    for param in shared.spec.params.iter().filter(|param| !param.read_only) {
        bytes.extend(param.id.to_le_bytes());
        bytes.extend(shared.value(param.id).to_le_bytes());
    }
    bytes.extend(shared.blob());
    bytes.extend(checksum(&bytes).to_le_bytes());
    Ok(output.write_all(&bytes)?)
}

pub(super) fn load(shared: &Shared<'_>, input: &mut InputStream) -> Result<(), PluginError> {
    const MALFORMED: PluginError = PluginError::Message("malformed state");
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let (content, sum) = bytes.split_last_chunk::<4>().ok_or(MALFORMED)?;
    if u32::from_le_bytes(*sum) != checksum(content) {
        return Err(MALFORMED);
    }
    let mut rest = content.strip_prefix(MARK).ok_or(MALFORMED)?;
    for param in shared.spec.params.iter().filter(|param| !param.read_only) {
        let (id, after) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        let (value, after) = after.split_first_chunk::<8>().ok_or(MALFORMED)?;
        if u32::from_le_bytes(*id) != param.id {
            return Err(MALFORMED);
        }
        shared.set_value(param.id, f64::from_le_bytes(*value));
        rest = after;
    }
    *shared.blob.lock().map_err(|_| MALFORMED)? = rest.to_vec();
    Ok(())
}
