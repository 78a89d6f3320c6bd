//! Things that stay when the schedule that has them goes: the next one has them too, from before it is in force. So what
//! stays costs nothing when one takes the place of the other.
#![expect(unsafe_code, reason = "which schedule is in force is not known to the compiler")]

use std::cell::UnsafeCell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A handle to something that is used through one [`Row`] at a time, and only kept by all who have another handle.
pub(crate) struct Kept<T>(Arc<UnsafeCell<T>>);

// SAFETY: a handle gives access to the thing as a whole when it is the last; all other access is by a row, whose callers
// promise that nobody else has it. So the thing moves between threads, the last of which may drop it, but it is never
// shared.
unsafe impl<T: Send> Send for Kept<T> {}
// SAFETY: a shared handle only gives another one.
unsafe impl<T: Send> Sync for Kept<T> {}

impl<T> Kept<T> {
    /// The first handle to something.
    pub fn new(thing: T) -> Self {
        Self(Arc::new(UnsafeCell::new(thing)))
    }

    /// Another handle to the same thing.
    pub fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// Gives the thing up; it is had back if nobody else has it.
    pub fn release(self) -> Option<T> {
        Arc::into_inner(self.0).map(UnsafeCell::into_inner)
    }
}

/// Things by index, no two of which are the same. Of all rows that have a thing, one uses it: who does is for the callers to
/// know.
pub(crate) struct Row<T> {
    things: Box<[Kept<T>]>,
    /// Where they are: the way there by a handle takes an instruction more.
    places: Box<[*mut T]>,
}

// SAFETY: the pointers are to what the handles keep, which may be used from any thread as the handles say.
unsafe impl<T: Send> Send for Row<T> {}
// SAFETY: a shared row gives access by `at` only, whose callers promise that nobody else has the same thing.
unsafe impl<T: Send> Sync for Row<T> {}

impl<T> Row<T> {
    /// A row of these.
    pub fn new(things: Box<[Kept<T>]>) -> Self {
        let places: Box<[*mut T]> = things.iter().map(|thing| thing.0.get()).collect();
        let others: BTreeSet<*mut T> = places.iter().copied().collect();
        assert_eq!(others.len(), places.len(), "two threads would get at one thing by two indices");
        Self { things, places }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// One of them.
    ///
    /// # Safety
    /// The index is that of one, and nobody else uses the same one, through this row or another, as long as the result
    /// lives.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "that is what the safety contract is about")]
    pub unsafe fn at(&self, index: usize) -> &mut T {
        debug_assert!(index < self.places.len());
        // SAFETY: the caller promises that it is there, and that there is no other reference; the handle keeps it.
        unsafe { &mut **self.places.get_unchecked(index) }
    }

    /// One of them, for who has the row to itself.
    ///
    /// # Safety
    /// Nobody uses the things through another row as long as the result lives.
    pub unsafe fn get(&mut self, index: usize) -> &mut T {
        // SAFETY: this row is borrowed as long as the result, and the caller promises that no other is used.
        unsafe { &mut *self.places[index] }
    }

    /// All of them, for who has the row to itself.
    ///
    /// # Safety
    /// As for [`get`](Self::get).
    pub unsafe fn all(&mut self) -> impl Iterator<Item = &mut T> {
        // SAFETY: as there; no two of a row are the same.
        self.places.iter().map(|&place| unsafe { &mut *place })
    }

    /// The handles.
    pub fn into_handles(self) -> impl Iterator<Item = Kept<T>> {
        self.things.into_vec().into_iter()
    }

    /// Where one of them is.
    #[cfg(test)]
    pub fn place(&self, index: usize) -> *const T {
        self.places[index]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    /// Tells how many of it there are.
    struct Counted(#[expect(dead_code, reason = "it only counts")] Arc<()>, u32);

    #[test]
    fn what_two_rows_have_is_one_thing_and_who_has_it_last_gets_it_back() {
        let count = Arc::new(());
        let [stays, goes] = [1, 2].map(|number| Kept::new(Counted(count.clone(), number)));
        let mut first = Row::new([stays.share(), goes].into());
        let mut second = Row::new([stays].into());
        let second = thread::scope(|scope| {
            // One thread uses the first row, then the second; here nobody looks into either.
            let audio = scope.spawn(|| {
                // SAFETY: the second row is not used yet.
                unsafe { first.all().for_each(|thing| thing.1 += 10) };
                // SAFETY: the first row is not used any more.
                unsafe { second.get(0).1 += 100 };
                second
            });
            audio.join().unwrap()
        });
        let released: Vec<Option<u32>> =
            first.into_handles().map(|thing| thing.release().map(|thing| thing.1)).collect();
        assert_eq!(released, [None, Some(12)]);
        assert_eq!(Arc::strong_count(&count), 2);
        let last: Vec<Option<u32>> =
            second.into_handles().map(|thing| thing.release().map(|thing| thing.1)).collect();
        assert_eq!((last, Arc::strong_count(&count)), (vec![Some(111)], 1));
    }

    #[test]
    fn handles_are_made_and_given_up_while_another_thread_works_on_the_thing() {
        let thing = Kept::new(0_u64);
        let row = Row::new([thing.share()].into());
        thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..100 {
                    // SAFETY: no other row is used.
                    unsafe { *row.at(0) += 1 };
                }
            });
            for _ in 0..100 {
                let later = Row::new([thing.share()].into());
                drop(later);
            }
        });
        assert_eq!(thing.release(), Some(100));
    }

    #[test]
    #[should_panic(expected = "one thing by two indices")]
    fn one_thing_is_not_in_a_row_twice() {
        let thing = Kept::new(0);
        drop(Row::new([thing.share(), thing].into()));
    }
}
