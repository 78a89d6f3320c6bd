use std::sync::Arc; use host::*; use protocol::*;
struct B(model::Blobs);
impl host::media::BlobSource for B { fn open(&self, h:&BlobHash)->std::io::Result<Box<dyn host::media::ReadSeek + Send>> { let b=self.0.get(h).ok_or_else(||std::io::Error::other("none"))?; Ok(Box::new(std::io::Cursor::new(b.to_vec()))) } }
fn main(){
 let solo=std::env::args().nth(1);
 let mut song=loophole_tests::demo::arrange::arrange();
 if let Some(s)=&solo { let p=song.project(); if let Some(t)=p.tracks().find(|t|t.name()==s.as_str()){ let id=t.id(); song.pulse.commit(Transaction{name:"s".into(),author:"x".into(),edits:vec![model::edit::track::set_solo(id,true)]}).unwrap(); } }
 let plan=model::plan::derive(&song.project());
 let mut c=EngineController::new(EngineOptions::new(Arc::new(B(song.blobs.clone())), host::nested::PluginLocator::default()));
 let r=c.apply(plan).unwrap(); for w in &r.warnings { eprintln!("warn {w} {:?}",std::error::Error::source(w).map(|s|s.to_string())); }
 let n=512; let mut p=c.activate(AudioConfig{rate:SampleRate(48000.0),max_block:n,mode:RenderMode::Offline}).unwrap();
 c.transport(protocol::control::TransportCommand::Play);
 let mut w=hound::WavWriter::create("/tmp/demo.wav",hound::WavSpec{channels:2,sample_rate:48000,bits_per_sample:32,sample_format:hound::SampleFormat::Float}).unwrap();
 let mut out=EventList::with_capacity(1024); let t=std::time::Instant::now(); let total=62*48000/n;
 for _ in 0..total { let (mut l,mut rr)=(vec![0f32;n],vec![0f32;n]);
  { let mut outs=[StereoOut{left:&mut l,right:&mut rr}]; p.process(&mut ProcessBlock{frames:n,inputs:&[],outputs:&mut outs,events_in:Events::default(),events_out:&mut out,transport:None}); }
  for i in 0..n { w.write_sample(l[i]).unwrap(); w.write_sample(rr[i]).unwrap(); } c.poll(); }
 w.finalize().unwrap(); eprintln!("{:.1} x realtime", 62.0/t.elapsed().as_secs_f64());
}
