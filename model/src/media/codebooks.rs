//! A look at the codebooks of a Vorbis setup header before the decoder allocates what they claim.
//!
//! Source: Vorbis I specification, 3.2.1 and 4.2.4.

/// Values that all codebooks together may hold. libvorbis' largest setup has well under a million.
const MAX_VALUES: u64 = 4 << 20;

/// Why a setup header is not given to the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodebookError {
    #[error("the setup header is malformed")]
    Malformed,
    #[error("the codebooks claim {values} values")]
    TooLarge { values: u64 },
}

/// Refuses codebooks that claim more than they could need.
pub(super) fn check(packet: &[u8]) -> Result<(), CodebookError> {
    let body = packet.strip_prefix(b"\x05vorbis").ok_or(CodebookError::Malformed)?;
    let mut bits = Bits { bytes: body, at: 0 };
    let books = bits.take(8)? + 1;
    let mut values = 0_u64;
    for _ in 0..books {
        values += check_book(&mut bits)?;
        if values > MAX_VALUES {
            return Err(CodebookError::TooLarge { values });
        }
    }
    Ok(())
}

/// Walks over a codebook and says how many values it claims.
fn check_book(bits: &mut Bits<'_>) -> Result<u64, CodebookError> {
    if bits.take(24)? != 0x0056_4342 {
        return Err(CodebookError::Malformed);
    }
    let dimensions = bits.take(16)?;
    let entries = bits.take(24)?;
    let values = u64::from(entries) * u64::from(dimensions.max(1));
    if values > MAX_VALUES {
        return Err(CodebookError::TooLarge { values });
    }
    let ordered = bits.take(1)? == 1;
    if ordered {
        bits.take(5)?;
        let mut entry = 0;
        while entry < entries {
            let width = u32::BITS - (entries - entry).leading_zeros();
            entry += bits.take(width)?;
            if entry > entries {
                return Err(CodebookError::Malformed);
            }
        }
    } else {
        let sparse = bits.take(1)? == 1;
        for _ in 0..entries {
            if !sparse || bits.take(1)? == 1 {
                bits.take(5)?;
            }
        }
    }
    let lookup = bits.take(4)?;
    if lookup > 2 || (lookup > 0 && (dimensions == 0 || entries == 0)) {
        return Err(CodebookError::Malformed);
    }
    if lookup > 0 {
        bits.take(32)?;
        bits.take(32)?;
        let width = bits.take(4)? + 1;
        bits.take(1)?;
        let count = if lookup == 1 { root(entries, dimensions) } else { values };
        for _ in 0..count {
            bits.take(width)?;
        }
    }
    Ok(values)
}

/// The greatest number whose `dimensions`-th power is at most `entries`.
fn root(entries: u32, dimensions: u32) -> u64 {
    let fits = |base: u64| base.checked_pow(dimensions).is_some_and(|power| power <= u64::from(entries));
    // Entries have 24 bits, so this ends at 2^24 in one dimension and at 4096 in two.
    (1_u64..).take_while(|base| fits(*base)).last().unwrap_or(0)
}

/// Reads bits, lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Result<u32, CodebookError> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(CodebookError::Malformed)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_whole_part_of_the_root() {
        assert_eq!(root(3125, 5), 5);
        assert_eq!(root(3124, 5), 4);
        assert_eq!(root(1, 3), 1);
        assert_eq!(root(0, 3), 0);
    }

    #[test]
    fn a_codebook_of_gigabytes_is_refused() {
        let mut packet = b"\x05vorbis\x00BCV".to_vec();
        packet.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert!(matches!(check(&packet), Err(CodebookError::TooLarge { .. })));
        assert_eq!(check(&packet[..9]), Err(CodebookError::Malformed));
    }
}
