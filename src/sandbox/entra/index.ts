/** The stand-in for Microsoft's sign-in service. */
export { createEntraStandIn } from './api.ts';
export { entraRoutes } from './control.ts';
export {
  type Application,
  createDirectory,
  type DirectoryUser,
  type EntraDirectory,
} from './directory.ts';
export { IDENTITY_HEADER } from './identity-api.ts';
export { EntraSwitches, EntraSwitchesPatch } from './switches.ts';
