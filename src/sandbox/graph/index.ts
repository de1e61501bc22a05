/** The stand-in for Microsoft Graph: the company's people, and mail that goes nowhere. */
export { createGraphStandIn, GRAPH_AUDIENCE } from './api.ts';
export { graphRoutes } from './control.ts';
export {
  createGraphTenant,
  type GraphPerson,
  type GraphTenant,
  type NewPerson,
  type SentMail,
} from './people.ts';
