export { releasesOf, valuesAt } from './at-release.ts';
export { type MigratedFile, planMigration, writeMigration } from './files.ts';
export { type MigrateApplicationOptions, type MigratedApplication, migrateApplication } from './migrate.ts';
export { type MigratedValues, migrateValues, type Values } from './values.ts';
