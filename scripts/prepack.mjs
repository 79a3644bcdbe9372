// npm pack and npm publish: the package holds what is built, so it is built first.
import { build, installDependencies } from "./setup.mjs";

installDependencies();
build();
