//! Few points for a line drawn by hand.
//!
//! Source: Ramer 1972 and Douglas & Peucker 1973, measured upright: what counts is how far the value is off.

/// The indices of the samples to keep, so that the ways between them are nowhere farther than `tolerance` from a
/// sample. Samples are `(x, y)` with x ascending; the first and the last are kept. `way` gives the height at an x
/// on the way between two kept samples.
pub(super) fn keep(
    samples: &[(f64, f64)],
    tolerance: f64,
    way: impl Fn((f64, f64), (f64, f64), f64) -> f64,
) -> Vec<usize> {
    let Some(last) = samples.len().checked_sub(1) else { return Vec::new() };
    let mut kept = vec![0, last];
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let off = |index: usize| (samples[index].1 - way(samples[from], samples[to], samples[index].0)).abs();
        let farthest = (from + 1..to).max_by(|a, b| off(*a).total_cmp(&off(*b)));
        if let Some(middle) = farthest.filter(|middle| off(*middle) > tolerance) {
            kept.push(middle);
            spans.extend([(from, middle), (middle, to)]);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight line.
    fn at(a: (f64, f64), b: (f64, f64), x: f64) -> f64 {
        if b.0 > a.0 { a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0) } else { a.1 }
    }

    #[test]
    fn a_straight_line_is_its_ends() {
        let samples: Vec<(f64, f64)> = (0..100).map(|x| (f64::from(x), 0.01 * f64::from(x))).collect();
        assert_eq!(keep(&samples, 1e-6, at), [0, 99]);
    }

    #[test]
    fn nothing_is_farther_off_than_the_tolerance() {
        for tolerance in [0.001, 0.01, 0.1] {
            let samples: Vec<(f64, f64)> =
                (0..500).map(|x| (f64::from(x), (f64::from(x) / 37.0).sin() * 0.5 + 0.5)).collect();
            let kept = keep(&samples, tolerance, at);
            assert!(kept.len() < 250, "{} kept", kept.len());
            for pair in kept.windows(2) {
                for sample in &samples[pair[0]..=pair[1]] {
                    let off = sample.1 - at(samples[pair[0]], samples[pair[1]], sample.0);
                    assert!(off.abs() <= tolerance, "{off}");
                }
            }
        }
    }

    #[test]
    fn short_strokes_are_kept_whole() {
        assert_eq!(keep(&[], 0.1, at), Vec::<usize>::new());
        assert_eq!(keep(&[(1.0, 0.5)], 0.1, at), [0]);
        assert_eq!(keep(&[(1.0, 0.5), (1.0, 0.9)], 0.1, at), [0, 1]);
    }
}
