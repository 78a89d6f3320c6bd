//! Both halves of an active plugin.

use loophole_host::nested::{PluginController, PluginRequest};
use loophole_host::processor::Processor;
use protocol::ParamId;

pub struct Active {
    pub controller: PluginController,
    pub processor: Box<dyn Processor>,
}

impl Active {
    /// What the plugin wants.
    pub fn poll(&mut self) -> Vec<PluginRequest> {
        let mut requests = Vec::new();
        self.controller.poll(&mut requests);
        requests
    }

    /// A parameter as the plugin has it.
    pub fn value(&mut self, param: u32) -> f64 {
        self.controller.param_value(ParamId(param)).unwrap()
    }

    /// Takes the processor through leaving and back to the controller; gives the controller.
    pub fn deactivate(mut self) -> PluginController {
        let processor = &mut self.processor;
        assert_no_alloc::assert_no_alloc(|| processor.leave());
        assert!(self.controller.deactivate(self.processor).is_ok());
        self.controller
    }
}
