/** The opportunity stages of a standard org, and the two that a partner adds for co-selling. */
import type { Values } from './values.ts';

export interface StageDefinition {
  readonly name: string;
  /** Percent. */
  readonly probability: number;
  readonly forecastCategoryName: string;
  readonly isClosed?: boolean;
  readonly isWon?: boolean;
  readonly isActive?: boolean;
}

export const DEFAULT_STAGES: readonly StageDefinition[] = [
  { name: 'Co-sell Received', probability: 5, forecastCategoryName: 'Pipeline' },
  { name: 'Prospecting', probability: 10, forecastCategoryName: 'Pipeline' },
  { name: 'Qualification', probability: 10, forecastCategoryName: 'Pipeline' },
  { name: 'Needs Analysis', probability: 20, forecastCategoryName: 'Pipeline' },
  { name: 'Value Proposition', probability: 50, forecastCategoryName: 'Pipeline' },
  { name: 'Id. Decision Makers', probability: 60, forecastCategoryName: 'Pipeline' },
  { name: 'Perception Analysis', probability: 70, forecastCategoryName: 'Pipeline' },
  { name: 'Proposal/Price Quote', probability: 75, forecastCategoryName: 'Pipeline' },
  { name: 'Negotiation/Review', probability: 90, forecastCategoryName: 'Pipeline' },
  { name: 'Closed Won', probability: 100, forecastCategoryName: 'Closed', isClosed: true, isWon: true },
  { name: 'Closed Lost', probability: 0, forecastCategoryName: 'Omitted', isClosed: true },
  { name: 'Declined', probability: 0, forecastCategoryName: 'Omitted', isClosed: true },
];

/** Forecast categories by the name that people see; the API's own value differs for some. */
const FORECAST_CATEGORIES: Readonly<Record<string, string>> = {
  Omitted: 'Omitted',
  Pipeline: 'Pipeline',
  'Best Case': 'BestCase',
  'Most Likely': 'MostLikely',
  Commit: 'Forecast',
  Closed: 'Closed',
};
export const FORECAST_CATEGORY_NAMES = Object.keys(FORECAST_CATEGORIES);
export const FORECAST_CATEGORY_VALUES = Object.values(FORECAST_CATEGORIES);

/** The API's value of a forecast category. */
export function forecastCategory(name: string): string {
  return FORECAST_CATEGORIES[name] ?? 'Pipeline';
}

/** The columns of a stage's row. Sort orders have gaps, as in orgs that were edited. */
export function stageValues(stage: StageDefinition, position: number): Values {
  return {
    MasterLabel: stage.name,
    ApiName: stage.name,
    IsActive: stage.isActive ?? true,
    SortOrder: position * 10,
    IsClosed: stage.isClosed ?? false,
    IsWon: stage.isWon ?? false,
    ForecastCategory: forecastCategory(stage.forecastCategoryName),
    ForecastCategoryName: stage.forecastCategoryName,
    DefaultProbability: stage.probability,
    Description: null,
  };
}
