mod restart;
mod runner;
mod script;
