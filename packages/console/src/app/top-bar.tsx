import {
  Brand,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
} from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import icon from './icon.svg';
import { SpaceChooser } from './space-chooser.tsx';
import { UserMenu } from './user-menu.tsx';
import './top-bar.css';

interface TopBarProps {
  readonly open: boolean;
  readonly onToggle: () => void;
}

export function TopBar({ open, onToggle }: TopBarProps) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" isSidebarOpen={open} onSidebarToggle={onToggle} />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={props => <Link {...props} to="/" aria-label="Angarium, overview" />}>
            <Brand src={icon} alt="" heights={{ default: '28px' }} />
            <span className="angarium-title">Angarium</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="angarium-top">
          <SpaceChooser />
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
}
