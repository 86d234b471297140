export { ARRANGEMENT_FEATURES, arrangement } from './arrangement';
