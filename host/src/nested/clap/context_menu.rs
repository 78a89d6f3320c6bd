//! `clap.context-menu`: the plugin's lines in our menus, and ours in the plugin's.

use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use clack_extensions::context_menu::{
    ContextMenuBuilder, ContextMenuBuilderImpl, ContextMenuError, ContextMenuTarget, HostContextMenuImpl,
    Item, ItemKind, PluginContextMenu,
};
use clack_host::prelude::*;
use protocol::ParamId;

use super::host::{HostState, MainThread};
use crate::nested::error::MenuError;
use crate::nested::offers::{MenuAction, MenuItem};
use crate::nested::plugin::PluginRequest;

/// More lines than this are a mistake of the plugin.
const MAX_ITEMS: usize = 1_024;
/// Menus deeper than this are a mistake of the plugin.
const MAX_DEPTH: usize = 16;

/// The plugin's lines. Main thread.
pub(super) fn list(plugin: &PluginMainThreadHandle<'_>, param: Option<ParamId>) -> Vec<MenuItem> {
    let Some(extension) = plugin.get_extension::<PluginContextMenu>() else { return Vec::new() };
    let Some(target) = target(param) else { return Vec::new() };
    let mut lines = Lines { levels: vec![Level::default()], count: 0 };
    if extension.populate(plugin, target, &mut ContextMenuBuilder::new(&mut lines)).is_err() {
        return Vec::new();
    }
    lines.finish()
}

/// Does what was chosen. Main thread.
pub(super) fn perform(
    plugin: &PluginMainThreadHandle<'_>,
    param: Option<ParamId>,
    id: u32,
) -> Result<(), MenuError> {
    let extension = plugin.get_extension::<PluginContextMenu>().ok_or(MenuError)?;
    let (target, id) = target(param).zip(ClapId::from_raw(id)).ok_or(MenuError)?;
    extension.perform(plugin, target, id).map_err(|_| MenuError)
}

/// `None` for an id that cannot be one.
fn target(param: Option<ParamId>) -> Option<ContextMenuTarget> {
    match param {
        Some(param) => ClapId::from_raw(param.0).map(ContextMenuTarget::Param),
        None => Some(ContextMenuTarget::Global),
    }
}

/// A menu in the making: the lines of the menu itself, and of every submenu that is still open.
struct Lines {
    levels: Vec<Level>,
    count: usize,
}

#[derive(Default)]
struct Level {
    /// What the menu is behind, for a submenu.
    label: String,
    enabled: bool,
    items: Vec<MenuItem>,
}

impl Lines {
    fn add(&mut self, item: MenuItem) {
        if let Some(level) = self.levels.last_mut() {
            level.items.push(item);
        }
    }

    fn end_submenu(&mut self) -> Result<(), ContextMenuError> {
        if self.levels.len() < 2 {
            return Err(ContextMenuError::Builder);
        }
        if let Some(Level { label, enabled, items }) = self.levels.pop() {
            self.add(MenuItem::Submenu { label, enabled, items });
        }
        Ok(())
    }

    /// The lines; submenus that the plugin left open end here.
    fn finish(mut self) -> Vec<MenuItem> {
        while self.end_submenu().is_ok() {}
        self.levels.pop().unwrap_or_default().items
    }
}

impl ContextMenuBuilderImpl for Lines {
    fn supports(&mut self, _item_type: ItemKind) -> bool {
        true
    }

    fn add_item(&mut self, item: Item<'_>) -> Result<(), ContextMenuError> {
        let text = |text: &CStr| text.to_string_lossy().into_owned();
        self.count += 1;
        if self.count > MAX_ITEMS {
            return Err(ContextMenuError::Builder);
        }
        match item {
            Item::Entry { label, enabled, action_id } => {
                self.add(MenuItem::Action {
                    id: action_id.get(),
                    label: text(label),
                    enabled,
                    checked: None,
                });
            }
            Item::CheckEntry { label, enabled, checked, action_id } => {
                let (id, checked) = (action_id.get(), Some(checked));
                self.add(MenuItem::Action { id, label: text(label), enabled, checked });
            }
            Item::Separator => self.add(MenuItem::Separator),
            Item::Title { title, .. } => self.add(MenuItem::Title(text(title))),
            Item::BeginSubmenu { label, enabled } if self.levels.len() < MAX_DEPTH => {
                self.levels.push(Level { label: text(label), enabled, items: Vec::new() });
            }
            Item::EndSubmenu => self.end_submenu()?,
            _ => return Err(ContextMenuError::Builder),
        }
        Ok(())
    }
}

/// What was chosen of our lines in the plugin's menus.
#[derive(Default)]
pub(super) struct Chosen(Mutex<Vec<MenuAction>>);

/// Hands on what was chosen. Main thread.
pub(super) fn poll(host: &HostState, requests: &mut Vec<PluginRequest>) {
    let mut chosen = host.chosen.0.lock().unwrap_or_else(PoisonError::into_inner);
    requests.extend(chosen.drain(..).map(PluginRequest::Menu));
}

const RESET: ClapId = ClapId::new(1);
const ASSIGN_MACRO: ClapId = ClapId::new(2);

impl HostContextMenuImpl for MainThread {
    fn populate(
        &self,
        target: ContextMenuTarget,
        builder: &mut ContextMenuBuilder<'_>,
    ) -> Result<(), HostError> {
        if !self.0.check_main_thread("context_menu.populate") {
            return Err(HostError::Message("menus are made on the main thread"));
        }
        if let ContextMenuTarget::Param(_) = target {
            for (label, action_id) in [(c"Reset", RESET), (c"Assign a macro", ASSIGN_MACRO)] {
                builder.add_item(&Item::Entry { label, enabled: true, action_id })?;
            }
        }
        Ok(())
    }

    fn perform(&self, target: ContextMenuTarget, action_id: ClapId) -> Result<(), HostError> {
        if !self.0.check_main_thread("context_menu.perform") {
            return Err(HostError::Message("menus are used on the main thread"));
        }
        let ContextMenuTarget::Param(param) = target else {
            return Err(HostError::Message("no such line"));
        };
        let param = ParamId(param.get());
        let action = match action_id {
            RESET => MenuAction::Reset(param),
            ASSIGN_MACRO => MenuAction::AssignMacro(param),
            _ => return Err(HostError::Message("no such line")),
        };
        let mut chosen = self.0.chosen.0.lock().unwrap_or_else(PoisonError::into_inner);
        if chosen.len() < MAX_ITEMS {
            chosen.push(action);
        }
        Ok(())
    }

    /// The plugin's window is not ours to open menus over.
    fn can_popup(&self) -> bool {
        false
    }

    fn popup(&self, _: ContextMenuTarget, _: i32, _: i32, _: i32) -> Result<(), HostError> {
        Err(HostError::Message("plugins show their own menus"))
    }
}
