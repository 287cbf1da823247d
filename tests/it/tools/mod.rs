mod faults;
mod hpm;
mod ipmi;
mod peers;
mod restart;
mod runner;
mod script;
mod site;
