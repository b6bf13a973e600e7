export { isPacked, type PackedCrd, packCrd, unpackCrd } from './packed.ts';
export { pluginName, serveCrds } from './provider.ts';
export { Crd, CrdProvider, crdType } from './resource.ts';
