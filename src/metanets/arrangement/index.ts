export { arrangement } from './arrangement';
export { arrangementGradient } from './gradient';
export { ARRANGEMENT_FEATURES } from './summary';
