//! Which of its bus layouts a plugin is to have. It is given one while it is inactive, and its own back when none is
//! wanted any more.

use protocol::NodeId;

use super::Plugins;
use crate::engine::options::ApplyWarning;
use crate::engine::plugins::{Phase, PluginSlot};
use crate::nested::offers::{BusDirection, BusRequest, LayoutRef};
use crate::nested::{BusInfo, LayoutError, NestedPlugin, PluginRequest};

/// The audio buses of a plugin: inputs and outputs.
type Buses = (Vec<BusInfo>, Vec<BusInfo>);

/// What a plugin's buses are to be, and what they were.
pub(super) struct Chosen {
    wanted: Option<LayoutRef>,
    /// Whether the plugin has what is wanted.
    found: Found,
    /// What it had by itself, once it was given something else.
    own: Option<Buses>,
    /// The buses that were told last, and whether there may be others since.
    told: Buses,
    may_differ: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It was not asked yet.
    Unasked,
    /// It has it.
    Yes,
    /// It does not know it, or refuses.
    No,
}

impl Chosen {
    /// Nothing is wanted of a plugin that was just made.
    pub fn new(plugin: &dyn NestedPlugin) -> Self {
        Self { wanted: None, found: Found::Yes, own: None, told: plugin.buses(), may_differ: false }
    }

    /// The plugin was given a state, which may have brought other buses.
    pub fn ask_again(&mut self) {
        if self.wanted.is_some() {
            self.found = Found::Unasked;
        }
    }

    /// The plugin was activated, when it may have got other buses.
    pub fn is_activated(&mut self) {
        self.may_differ = true;
    }

    /// Gives an inactive plugin what is wanted, unless it has it.
    pub fn settle(&mut self, plugin: &mut dyn NestedPlugin) -> Result<(), Refusal> {
        if self.found != Found::Unasked {
            return Ok(());
        }
        (self.found, self.may_differ) = (Found::Yes, true);
        let Some(wanted) = self.wanted.clone() else {
            self.give_back_own(plugin);
            return Ok(());
        };
        let own = plugin.buses();
        let refusal = match wanted.find(&plugin.layouts()) {
            None => Refusal { layout: wanted, source: None },
            Some(layout) => match plugin.select_layout(layout.id) {
                Ok(()) => {
                    self.own.get_or_insert(own);
                    return Ok(());
                }
                Err(source) => Refusal { layout: wanted, source: Some(source) },
            },
        };
        self.found = Found::No;
        self.give_back_own(plugin);
        Err(refusal)
    }

    /// Brings back the buses that the plugin had by itself: no format has a word for that, so it is the layout that has them.
    fn give_back_own(&mut self, plugin: &mut dyn NestedPlugin) {
        let Some(own) = self.own.take() else { return };
        let width = |buses: &[BusInfo]| buses.first().map(|bus| bus.channels);
        let alike = plugin.layouts().into_iter().filter(|layout| {
            (layout.main_input, layout.main_output) == (width(&own.0), width(&own.1))
                && (layout.inputs, layout.outputs) == (count(&own.0), count(&own.1))
        });
        for layout in alike.collect::<Vec<_>>() {
            if plugin.buses() == own {
                return;
            }
            // One that is offered and then refused leaves the plugin as it is.
            let _ = plugin.select_layout(layout.id);
        }
        if plugin.buses() != own {
            let _ = plugin.request_buses(&requests(&own));
        }
    }
}

/// A plugin keeps its own buses.
pub(super) struct Refusal {
    layout: LayoutRef,
    /// Why, if it has the layout that was wanted.
    source: Option<LayoutError>,
}

impl Refusal {
    pub fn of(self, node: NodeId) -> ApplyWarning {
        match self {
            Self { layout, source: None } => ApplyWarning::NoSuchLayout { node, layout },
            Self { layout, source: Some(source) } => ApplyWarning::Layout { node, layout, source },
        }
    }
}

fn count(buses: &[BusInfo]) -> u32 {
    u32::try_from(buses.len()).unwrap_or(u32::MAX)
}

/// A wish for just these buses.
fn requests((inputs, outputs): &Buses) -> Vec<BusRequest> {
    let each = |direction, buses: &[BusInfo]| -> Vec<BusRequest> {
        let request = |(bus, index): (&BusInfo, u32)| BusRequest {
            direction,
            index,
            channels: bus.channels,
            arrangement: bus.arrangement.clone(),
        };
        buses.iter().zip(0..).map(request).collect()
    };
    [each(BusDirection::Input, inputs), each(BusDirection::Output, outputs)].concat()
}

impl PluginSlot {
    /// Gives the plugin the layout that is wanted: at once if it is inactive, else it is restarted for it.
    fn choose(&mut self, node: NodeId, warnings: &mut Vec<ApplyWarning>) {
        if self.is_out {
            self.phase = Phase::Restarting;
        } else {
            self.settle_layout(node, warnings);
        }
    }

    /// Before the plugin is activated.
    pub(super) fn settle_layout(&mut self, node: NodeId, warnings: &mut Vec<ApplyWarning>) {
        if let Err(refusal) = self.layout.settle(&mut *self.controller) {
            warnings.push(refusal.of(node));
        }
    }
}

impl Plugins {
    /// A plan has this layout for a plugin, or none.
    pub fn want_layout(
        &mut self,
        node: NodeId,
        layout: Option<&LayoutRef>,
        warnings: &mut Vec<ApplyWarning>,
    ) {
        let Some(slot) = self.slots.get_mut(&node).filter(|slot| slot.layout.wanted.as_ref() != layout)
        else {
            return;
        };
        slot.layout.wanted = layout.cloned();
        // What stands in for a missing plugin has no layouts, and that it is missing was told.
        if !slot.is_placeholder {
            slot.layout.found = Found::Unasked;
            slot.choose(node, warnings);
        }
    }

    /// A plugin has other layouts than before: the one that it did not have may be there.
    pub fn retry_layout(&mut self, node: NodeId, warnings: &mut Vec<ApplyWarning>) {
        if let Some(slot) = self.slots.get_mut(&node).filter(|slot| slot.layout.found == Found::No) {
            slot.layout.found = Found::Unasked;
            slot.choose(node, warnings);
        }
    }

    /// Whether a plugin is about to be activated anew.
    pub fn is_restarting(&self, node: NodeId) -> bool {
        self.slots.get(&node).is_some_and(|slot| slot.phase == Phase::Restarting)
    }

    /// Tells which plugins have other buses than was told.
    pub fn tell_ports(&mut self, requests: &mut Vec<(NodeId, PluginRequest)>) {
        let steady = self.slots.iter_mut().filter(|(_, slot)| slot.phase == Phase::Steady);
        for (&node, slot) in steady.filter(|(_, slot)| slot.layout.may_differ) {
            slot.layout.may_differ = false;
            let now = slot.controller.buses();
            if now != slot.layout.told {
                slot.layout.told = now;
                requests.push((node, PluginRequest::PortsChanged));
            }
        }
    }
}
