//! `IUnitInfo`: how parameters are grouped, and which programs there are to choose from.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]

use vst3::ComPtr;
use vst3::Steinberg::Vst::{
    BusDirections_, IEditController, IUnitInfo, IUnitInfoTrait as _, MediaTypes_, ProgramListID,
    ProgramListInfo, UnitID, UnitInfo, kNoProgramListId, kRootUnitId,
};
use vst3::Steinberg::{int32, kResultOk};

use super::ints::{count, int};
use super::text;

/// More units, lists, or programs of all lists, than this are a mistake of the plugin.
const MAX: usize = 16_384;
/// Units nested deeper than this go round in circles.
const MAX_DEPTH: usize = 16;

/// The units and program lists of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    /// Sorted by identifier.
    units: Vec<Unit>,
    pub(super) lists: Vec<ProgramList>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Unit {
    id: UnitID,
    parent: UnitID,
    name: String,
    list: ProgramListID,
}

/// A list of programs, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProgramList {
    pub(super) id: ProgramListID,
    pub(super) name: String,
    pub(super) programs: Vec<String>,
}

impl Units {
    /// Asks the controller; a plugin without the interface has one unit without a name. Main thread.
    pub(super) fn read(controller: &ComPtr<IEditController>) -> Self {
        let Some(interface) = controller.cast::<IUnitInfo>() else { return Self::default() };
        // SAFETY: neither takes anything.
        let (units, lists) = unsafe { (interface.getUnitCount(), interface.getProgramListCount()) };
        let mut units: Vec<Unit> =
            (0..count(units, MAX)).filter_map(|index| unit(&interface, index)).collect();
        units.sort_by_key(|unit| unit.id);
        let lists = lists_of(lists, |index, most| list(&interface, index, most));
        Self { units, lists }
    }

    /// The names of a unit and those around it, outermost first, as `Oscillators/1`; empty for the root.
    pub(super) fn path(&self, mut id: UnitID) -> String {
        let mut names = Vec::new();
        while let Some(unit) = self.unit(id)
            && id != kRootUnitId
            && names.len() < MAX_DEPTH
        {
            names.push(unit.name.as_str());
            id = unit.parent;
        }
        names.reverse();
        names.join("/")
    }

    fn unit(&self, id: UnitID) -> Option<&Unit> {
        self.units.binary_search_by_key(&id, |unit| unit.id).ok().map(|place| &self.units[place])
    }

    /// The program list of a unit.
    pub(super) fn list_of(&self, unit: UnitID) -> Option<&ProgramList> {
        let list = self.unit(unit)?.list;
        if list == kNoProgramListId { None } else { self.lists.iter().find(|known| known.id == list) }
    }
}

fn unit(interface: &ComPtr<IUnitInfo>, index: int32) -> Option<Unit> {
    // SAFETY: all zeros are a valid `UnitInfo`, and the controller writes one at most.
    let info = unsafe {
        let mut info: UnitInfo = std::mem::zeroed();
        (interface.getUnitInfo(index, &raw mut info) == kResultOk).then_some(info)?
    };
    Some(Unit {
        id: info.id,
        parent: info.parentUnitId,
        name: text::from_wide(&info.name),
        list: info.programListId,
    })
}

/// So many program lists, of which all together have no more than so many programs: `read` gets the number of a list, and how
/// many programs it may have.
fn lists_of(number: int32, mut read: impl FnMut(int32, usize) -> Option<ProgramList>) -> Vec<ProgramList> {
    let mut budget = MAX;
    let lists = (0..count(number, MAX)).filter_map(|index| {
        let list = read(index, budget)?;
        budget -= list.programs.len().min(budget);
        Some(list)
    });
    lists.collect()
}

fn list(interface: &ComPtr<IUnitInfo>, index: int32, most: usize) -> Option<ProgramList> {
    // SAFETY: all zeros are a valid `ProgramListInfo`, and the controller writes one at most.
    let info = unsafe {
        let mut info: ProgramListInfo = std::mem::zeroed();
        (interface.getProgramListInfo(index, &raw mut info) == kResultOk).then_some(info)?
    };
    let programs = (0..count(info.programCount, most))
        .map(|program| {
            let mut name = text::EMPTY;
            // SAFETY: there is place for 128 characters. A program without a name is still one.
            unsafe { interface.getProgramName(info.id, program, &raw mut name) };
            text::from_wide(&name)
        })
        .collect();
    Some(ProgramList { id: info.id, name: text::from_wide(&info.name), programs })
}

/// The unit that plays a channel of an event input. Main thread.
pub(super) fn of_channel(controller: &ComPtr<IEditController>, bus: int32, channel: int32) -> UnitID {
    let Some(interface) = controller.cast::<IUnitInfo>() else { return kRootUnitId };
    let mut unit = kRootUnitId;
    let (media, direction) = (int(MediaTypes_::kEvent), int(BusDirections_::kInput));
    // SAFETY: the place can be written.
    let result = unsafe { interface.getUnitByBus(media, direction, bus, channel, &raw mut unit) };
    if result == kResultOk { unit } else { kRootUnitId }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_every_unit_but_the_root_and_circles_end() {
        let unit = |id, parent, name: &str| Unit { id, parent, name: name.into(), list: kNoProgramListId };
        let units = Units {
            units: vec![unit(0, -1, "Root"), unit(1, 0, "Osc"), unit(2, 1, "1"), unit(3, 3, "Loop")],
            lists: Vec::new(),
        };
        assert_eq!(
            (units.path(2).as_str(), units.path(0).as_str(), units.path(9).as_str()),
            ("Osc/1", "", "")
        );
        assert_eq!(units.path(3).split('/').count(), MAX_DEPTH);
    }

    #[test]
    fn all_lists_together_have_no_more_programs_than_are_sane() {
        let mut asked = 0;
        let lists = lists_of(i32::MAX, |id, most| {
            asked += most.min(10_000);
            Some(ProgramList { id, name: String::new(), programs: vec![String::new(); most.min(10_000)] })
        });
        assert_eq!((lists.len(), asked), (MAX, MAX));
        assert_eq!(lists[..3].iter().map(|list| list.programs.len()).collect::<Vec<_>>(), [10_000, 6_384, 0]);
    }
}
